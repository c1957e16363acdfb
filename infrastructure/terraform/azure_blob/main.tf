# The storage account of the portal's files: write-once, kept as long as the law asks, reached by key or
# short-lived links only. `terraform init && terraform validate`; see README.md here.

terraform {
  required_version = ">= 1.6"
  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "~> 4.0"
    }
  }
}

provider "azurerm" {
  features {}
}

resource "azurerm_storage_account" "files" {
  name                            = var.account_name
  resource_group_name             = var.resource_group_name
  location                        = var.location
  account_tier                    = "Standard"
  account_replication_type        = var.replication
  account_kind                    = "StorageV2"
  min_tls_version                 = "TLS1_2"
  https_traffic_only_enabled      = true
  allow_nested_items_to_be_public = false
  shared_access_key_enabled       = true

  # Links that are signed live for a minute; a policy sees those that would live longer.
  sas_policy {
    expiration_period = "00.00:05:00"
    expiration_action = "Log"
  }

  blob_properties {
    # Immutability of single blobs needs versions. A blob is never written twice, so there is one of each.
    versioning_enabled = true

    delete_retention_policy {
      days = var.undelete_days
    }

    container_delete_retention_policy {
      days = var.undelete_days
    }
  }

  lifecycle {
    prevent_destroy = true
  }
}

resource "azurerm_storage_container" "files" {
  name                  = var.container_name
  storage_account_id    = azurerm_storage_account.files.id
  container_access_type = "private"
}

# Nobody changes or removes a file before its time, whoever holds the key. Once locked, the time can
# only be made longer: try it unlocked first. Reports are the only files that the portal removes, after
# their thirty days; with a policy in force they stay until its end.
resource "azurerm_storage_container_immutability_policy" "files" {
  count                                 = var.immutable_days > 0 ? 1 : 0
  storage_container_resource_manager_id = azurerm_storage_container.files.id
  immutability_period_in_days           = var.immutable_days
  protected_append_writes_all_enabled   = false
  locked                                = var.lock_immutability
}

resource "azurerm_storage_management_policy" "files" {
  storage_account_id = azurerm_storage_account.files.id

  rule {
    name    = "cooler-with-age"
    enabled = true

    filters {
      prefix_match = ["${var.container_name}/"]
      blob_types   = ["blockBlob"]
    }

    actions {
      base_blob {
        tier_to_cool_after_days_since_creation_greater_than = var.cool_after_days
        tier_to_cold_after_days_since_creation_greater_than = var.cold_after_days
      }

      version {
        delete_after_days_since_creation = var.undelete_days
      }
    }
  }
}
