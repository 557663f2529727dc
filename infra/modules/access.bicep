// Who may do what; nobody else may do anything.
param storage string
param insights string
param apiPrincipal string
param topicPrincipal string
param person string
param personType string

var roles = {
  blobOwner: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b' // Storage Blob Data Owner
  blobContributor: 'ba92f5b4-2d11-453d-a403-e96b0029c9fe' // Storage Blob Data Contributor
  queueContributor: '974c5e8b-45b9-4653-ba55-5f855dd0fb88' // Storage Queue Data Contributor
  blobReader: '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1' // Storage Blob Data Reader
  messageProcessor: '8a0f0c08-91a1-4084-bc3d-661d67233fed' // Storage Queue Data Message Processor
  metricsPublisher: '3913510d-42f4-4e42-8a64-420c390055eb' // Monitoring Metrics Publisher
}

resource account 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: storage
  resource blobs 'blobServices' existing = {
    name: 'default'
    resource deadletters 'containers' existing = { name: 'deadletters' }
    resource results 'containers' existing = { name: 'results' }
    resource uploads 'containers' existing = { name: 'uploads' }
  }
  resource queues 'queueServices' existing = {
    name: 'default'
    resource review 'queues' existing = { name: 'review' }
  }
}

resource telemetry 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insights
}

// The Functions host locks blobs and keeps its own containers and queues: these two it asks for.
resource hostStorage 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in [roles.blobOwner, roles.queueContributor]: {
    scope: account
    name: guid(account.id, apiPrincipal, role)
    properties: {
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
      principalId: apiPrincipal
      principalType: 'ServicePrincipal'
    }
  }
]

resource hostTelemetry 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: telemetry
  name: guid(telemetry.id, apiPrincipal, roles.metricsPublisher)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.metricsPublisher)
    principalId: apiPrincipal
    principalType: 'ServicePrincipal'
  }
}

resource topicDeadletters 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: account::blobs::deadletters
  name: guid(account::blobs::deadletters.id, topicPrincipal, roles.blobContributor)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.blobContributor)
    principalId: topicPrincipal
    principalType: 'ServicePrincipal'
  }
}

resource personUploads 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(person)) {
  scope: account::blobs::uploads
  name: guid(account::blobs::uploads.id, person, roles.blobContributor)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.blobContributor)
    principalId: person
    principalType: personType
  }
}

resource personResults 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(person)) {
  scope: account::blobs::results
  name: guid(account::blobs::results.id, person, roles.blobContributor)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.blobContributor)
    principalId: person
    principalType: personType
  }
}

resource personDeadletters 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(person)) {
  scope: account::blobs::deadletters
  name: guid(account::blobs::deadletters.id, person, roles.blobReader)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.blobReader)
    principalId: person
    principalType: personType
  }
}

// Who looks at doubtful readings takes their messages.
resource personReview 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(person)) {
  scope: account::queues::review
  name: guid(account::queues::review.id, person, roles.messageProcessor)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.messageProcessor)
    principalId: person
    principalType: personType
  }
}
