// Who the Function app is: made first, so that its roles are known by the time that code is deployed.
param location string
param tags object
param token string

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: 'id-${token}'
  location: location
  tags: tags
}

output name string = identity.name
output principal string = identity.properties.principalId
