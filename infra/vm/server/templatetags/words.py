"""What figures are in words, for the templates."""

from django import template

from shared.words import percent

register = template.Library()
register.filter(percent)
