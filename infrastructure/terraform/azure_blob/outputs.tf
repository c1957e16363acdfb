output "connection_string" {
  description = "AZURE_STORAGE_CONNECTION_STRING."
  value       = azurerm_storage_account.files.primary_connection_string
  sensitive   = true
}

output "container" {
  description = "AZURE_STORAGE_CONTAINER."
  value       = azurerm_storage_container.files.name
}
