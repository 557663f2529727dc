// The page.
param location string
param tags object
param token string
param customDomain string

resource site 'Microsoft.Web/staticSites@2024-04-01' = {
  name: 'stapp-${token}'
  location: location
  tags: union(tags, { 'azd-service-name': 'site' })
  sku: { name: 'Free', tier: 'Free' }
  properties: {
    allowConfigFileUpdates: true
    stagingEnvironmentPolicy: 'Disabled'
  }
}

resource domain 'Microsoft.Web/staticSites/customDomains@2024-04-01' = if (!empty(customDomain)) {
  parent: site
  name: empty(customDomain) ? 'none.example' : customDomain
  properties: { validationMethod: 'cname-delegation' }
}

var own = 'https://${site.properties.defaultHostname}'

output url string = empty(customDomain) ? own : 'https://${customDomain}'
output origins array = empty(customDomain) ? [own] : [own, 'https://${customDomain}']
