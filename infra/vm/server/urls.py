"""Where what is."""

from django.urls import path

from . import views

handler400 = views.bad_request
handler404 = views.not_found
urlpatterns = [
    path("api/recognize", views.recognize),
    path("api/health", views.health),
    path("api/openapi.json", views.openapi),
    path("model/digits.onnx", views.network),
    path("form", views.form),
]
