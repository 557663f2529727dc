// An Ubuntu 24.04 machine of the B series with a managed identity, open on ports 80 and 443 alone.
//
//     az deployment group create --resource-group NAME --template-file infra/vm/vm.bicep \
//         --parameters repository=https://github.com/OWNER/NAME sshPublicKey="$(cat ~/.ssh/id_ed25519.pub)"

@description('Where it goes.')
param location string = resourceGroup().location

@description('Prefix of all names; also the first part of the domain name.')
@minLength(3)
@maxLength(20)
param name string = 'cnndemo'

@description('Two cores and 4 GiB do.')
@allowed(['Standard_B2s', 'Standard_B2ms', 'Standard_B2s_v2', 'Standard_B4ms'])
param size string = 'Standard_B2s_v2'

@description('Git repository to run, and which branch, tag or commit of it.')
param repository string
param version string = 'main'

@description('A built image in a public registry; empty: built on the machine.')
param image string = ''

@description('Domain name that points here; empty: the one Azure gives.')
param domain string = ''

@description('Log in with this key, through the serial console or a Bastion: port 22 stays shut.')
param sshPublicKey string

var label = toLower('${name}-${uniqueString(resourceGroup().id)}')
var address = empty(domain) ? '${label}.${location}.cloudapp.azure.com' : domain
var start1 = replace(loadTextContent('cloud-init.yaml'), '@REPOSITORY@', repository)
var start2 = replace(start1, '@VERSION@', version)
var start3 = replace(start2, '@IMAGE@', image)
var start = replace(start3, '@SITE_ADDRESS@', address)

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: '${name}-vm'
  location: location
}

resource firewall 'Microsoft.Network/networkSecurityGroups@2024-05-01' = {
  name: name
  location: location
  properties: {
    securityRules: [
      {
        name: 'web'
        properties: {
          // checkov:skip=CKV_AZURE_160:Port 80 only redirects to HTTPS and answers the certificate's challenge
          priority: 100
          direction: 'Inbound'
          access: 'Allow'
          protocol: '*'
          sourceAddressPrefix: 'Internet'
          sourcePortRange: '*'
          destinationAddressPrefix: '*'
          destinationPortRanges: ['80', '443']
        }
      }
    ]
  }
}

resource network 'Microsoft.Network/virtualNetworks@2024-05-01' = {
  name: name
  location: location
  properties: {
    addressSpace: { addressPrefixes: ['10.7.0.0/24'] }
    subnets: [
      {
        name: 'web'
        properties: {
          addressPrefix: '10.7.0.0/27'
          networkSecurityGroup: { id: firewall.id }
        }
      }
    ]
  }
}

resource publicAddress 'Microsoft.Network/publicIPAddresses@2024-05-01' = {
  name: name
  location: location
  sku: { name: 'Standard' }
  properties: {
    publicIPAllocationMethod: 'Static'
    dnsSettings: { domainNameLabel: label }
  }
}

resource card 'Microsoft.Network/networkInterfaces@2024-05-01' = {
  // checkov:skip=CKV_AZURE_119:It is a public web server; the firewall lets in 80 and 443 alone
  name: name
  location: location
  properties: {
    ipConfigurations: [
      {
        name: 'web'
        properties: {
          subnet: { id: network.properties.subnets[0].id }
          publicIPAddress: { id: publicAddress.id }
        }
      }
    ]
  }
}

resource machine 'Microsoft.Compute/virtualMachines@2024-07-01' = {
  // checkov:skip=CKV_AZURE_151:The disk is encrypted by the platform; this check is of Windows machines
  // checkov:skip=CKV_AZURE_97:Encryption at host has to be registered in each subscription first
  // checkov:skip=CKV_AZURE_50:No extension is installed; allowExtensionOperations is false
  name: name
  location: location
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identity.id}': {} }
  }
  properties: {
    hardwareProfile: { vmSize: size }
    storageProfile: {
      imageReference: {
        publisher: 'Canonical'
        offer: 'ubuntu-24_04-lts'
        sku: 'server'
        version: 'latest'
      }
      osDisk: {
        createOption: 'FromImage'
        managedDisk: { storageAccountType: 'StandardSSD_LRS' }
        deleteOption: 'Delete'
      }
    }
    osProfile: {
      computerName: name
      adminUsername: 'cnndemo'
      customData: base64(start)
      allowExtensionOperations: false
      linuxConfiguration: {
        disablePasswordAuthentication: true
        ssh: {
          publicKeys: [
            { path: '/home/cnndemo/.ssh/authorized_keys', keyData: sshPublicKey }
          ]
        }
      }
    }
    securityProfile: {
      securityType: 'TrustedLaunch'
      uefiSettings: { secureBootEnabled: true, vTpmEnabled: true }
    }
    diagnosticsProfile: { bootDiagnostics: { enabled: true } }
    networkProfile: { networkInterfaces: [{ id: card.id }] }
  }
}

@description('The page; answers some minutes after the deployment ends.')
output url string = 'https://${address}'
