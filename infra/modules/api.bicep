// The Function app on Flex Consumption, which is who the identity is: it holds no key.
param location string
param tags object
param token string
param storage string
param insights string
param identityName string

@description('Pages that may call it.')
param origins array
param maximumInstances int
param alwaysReady int

resource account 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: storage
}

resource telemetry 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insights
}

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' existing = {
  name: identityName
}

resource plan 'Microsoft.Web/serverfarms@2024-04-01' = {
  // checkov:skip=CKV_AZURE_212:Flex Consumption scales by itself and has no number of workers to set
  // checkov:skip=CKV_AZURE_225:Zone redundancy costs always-ready instances in each zone
  name: 'plan-${token}'
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  properties: { reserved: true }
}

resource app 'Microsoft.Web/sites@2024-04-01' = {
  // checkov:skip=CKV_AZURE_13:The API is public by design: no one has to log in
  // checkov:skip=CKV_AZURE_16:The identity is user-assigned, so that its roles outlive the app
  // checkov:skip=CKV_AZURE_17:As CKV_AZURE_13: no client certificates
  // checkov:skip=CKV_AZURE_71:As CKV_AZURE_16
  // checkov:skip=CKV_AZURE_78:Flex Consumption has no FTP, and refuses to have it set
  // checkov:skip=CKV_AZURE_88:The app keeps no files
  // checkov:skip=CKV_AZURE_212:Flex Consumption scales by itself; the parameter alwaysReady keeps some warm
  // checkov:skip=CKV_AZURE_213:Flex Consumption has no health check to set; /api/health is there for others
  // checkov:skip=CKV_AZURE_222:The API is public by design
  name: 'func-${token}'
  location: location
  tags: union(tags, { 'azd-service-name': 'api' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identity.id}': {} }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    functionAppConfig: {
      runtime: { name: 'python', version: '3.12' }
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${account.properties.primaryEndpoints.blob}app-package'
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identity.id
          }
        }
      }
      scaleAndConcurrency: {
        instanceMemoryMB: 2048
        maximumInstanceCount: maximumInstances
        alwaysReady: alwaysReady == 0 ? [] : [{ name: 'http', instanceCount: alwaysReady }]
      }
    }
    siteConfig: {
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      http20Enabled: true
      cors: { allowedOrigins: origins, supportCredentials: false }
      appSettings: [
        { name: 'AzureWebJobsStorage__blobServiceUri', value: account.properties.primaryEndpoints.blob }
        { name: 'AzureWebJobsStorage__queueServiceUri', value: account.properties.primaryEndpoints.queue }
        { name: 'AzureWebJobsStorage__credential', value: 'managedidentity' }
        { name: 'AzureWebJobsStorage__clientId', value: identity.properties.clientId }
        { name: 'APPLICATIONINSIGHTS_CONNECTION_STRING', value: telemetry.properties.ConnectionString }
        {
          name: 'APPLICATIONINSIGHTS_AUTHENTICATION_STRING'
          value: 'ClientId=${identity.properties.clientId};Authorization=AAD'
        }
        { name: 'BLOB_SOURCE', value: 'EventGrid' }
        { name: 'UPLOADS_CONTAINER', value: 'uploads' }
        { name: 'RESULTS_CONTAINER', value: 'results' }
      ]
    }
  }
}

// Deployment is by identity; the passwords that every app has are shut off.
resource passwords 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-04-01' = [
  for name in ['ftp', 'scm']: {
    parent: app
    name: name
    properties: { allow: false }
  }
]

output name string = app.name
output url string = 'https://${app.properties.defaultHostName}/api'
