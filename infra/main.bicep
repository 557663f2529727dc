// All of it on Azure; `azd up` deploys this and then the code (azure.yaml).
targetScope = 'subscription'

@description('Name of the environment; all names are made of it.')
@minLength(1)
@maxLength(64)
param environmentName string

@description('Region of the Function app and its storage.')
param location string

@description('Region of the static site, which few regions offer; it is served from everywhere.')
@allowed(['westus2', 'centralus', 'eastus2', 'westeurope', 'eastasia'])
param siteLocation string = 'westeurope'

@description('Who deploys, to try blob storage with: `make smoke`. Empty: no one.')
param principalId string = ''

@allowed(['User', 'ServicePrincipal'])
param principalType string = 'User'

@description('Most instances at a time: what a flood of requests can cost.')
@minValue(1)
@maxValue(1000)
param maximumInstances int = 40

@description('Instances kept warm for HTTP, which cost all the time; 0: none.')
@minValue(0)
@maxValue(10)
param alwaysReady int = 0

@description('Uploads, results and dead letters are deleted after so many days, and can be restored for 7 more.')
@minValue(1)
param retentionDays int = 30

@description('Domain of the page whose CNAME points to it; empty: the one Azure gives.')
param customDomain string = ''

@description('A month\'s costs, in the currency of the subscription, at which its owners are warned; 0: no budget.')
@minValue(0)
param monthlyBudget int = 10

@description('First day of the month the budget began in, which Azure lets no one change; empty: of this one.')
param budgetStart string = ''

@description('The first day of this month; left as it is.')
param month string = utcNow('yyyy-MM-01')

var token = toLower(uniqueString(subscription().id, environmentName, location))
var tags = { 'azd-env-name': environmentName }

resource group 'Microsoft.Resources/resourceGroups@2024-03-01' = {
  name: 'rg-${environmentName}'
  location: location
  tags: tags
}

module monitor 'modules/monitor.bicep' = {
  scope: group
  params: { location: location, tags: tags, token: token }
}

module storage 'modules/storage.bicep' = {
  scope: group
  params: { location: location, tags: tags, token: token, retentionDays: retentionDays }
}

module site 'modules/site.bicep' = {
  scope: group
  params: { location: siteLocation, tags: tags, token: token, customDomain: customDomain }
}

module identity 'modules/identity.bicep' = {
  scope: group
  params: { location: location, tags: tags, token: token }
}

module access 'modules/access.bicep' = {
  scope: group
  params: {
    storage: storage.outputs.name
    insights: monitor.outputs.name
    apiPrincipal: identity.outputs.principal
    topicPrincipal: storage.outputs.topicPrincipal
    person: principalId
    personType: principalType
  }
}

// After its roles, which take a while to be known everywhere: the code is put into the storage.
module api 'modules/api.bicep' = {
  scope: group
  dependsOn: [access]
  params: {
    location: location
    tags: tags
    token: token
    storage: storage.outputs.name
    insights: monitor.outputs.name
    identityName: identity.outputs.name
    origins: site.outputs.origins
    maximumInstances: maximumInstances
    alwaysReady: alwaysReady
  }
}

module budget 'modules/budget.bicep' = if (monthlyBudget > 0) {
  scope: group
  params: { amount: monthlyBudget, start: empty(budgetStart) ? month : budgetStart }
}

// azd keeps these for the hooks and for whoever asks.
output API_URL string = api.outputs.url
output SITE_URL string = site.outputs.url
output RESOURCE_GROUP string = group.name
output FUNCTION_APP string = api.outputs.name
output STORAGE_ACCOUNT string = storage.outputs.name
output EVENTS_TOPIC string = storage.outputs.topic
