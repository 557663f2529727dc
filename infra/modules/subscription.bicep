// Tells the blob trigger of new uploads. Deployed after the code: the webhook's key is made by the
// blob extension when it first runs, and Event Grid tries the webhook before it subscribes.
param app string
param storage string
param topic string

resource site 'Microsoft.Web/sites@2024-04-01' existing = {
  name: app
}

resource account 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: storage
}

resource systemTopic 'Microsoft.EventGrid/systemTopics@2025-02-15' existing = {
  name: topic
}

var key = listKeys('${site.id}/host/default', '2024-04-01').systemKeys.blobs_extension
var webhook = 'https://${site.properties.defaultHostName}/runtime/webhooks/blobs'

resource uploads 'Microsoft.EventGrid/systemTopics/eventSubscriptions@2025-02-15' = {
  parent: systemTopic
  name: 'uploads'
  properties: {
    destination: {
      endpointType: 'WebHook'
      properties: {
        endpointUrl: '${webhook}?functionName=Host.Functions.recognize_blob&code=${key}'
        minimumTlsVersionAllowed: '1.2'
      }
    }
    filter: {
      includedEventTypes: ['Microsoft.Storage.BlobCreated']
      subjectBeginsWith: '/blobServices/default/containers/uploads/'
    }
    retryPolicy: { maxDeliveryAttempts: 30, eventTimeToLiveInMinutes: 1440 }
    deadLetterWithResourceIdentity: {
      identity: { type: 'SystemAssigned' }
      deadLetterDestination: {
        endpointType: 'StorageBlob'
        properties: { resourceId: account.id, blobContainerName: 'deadletters' }
      }
    }
  }
}
