variable "account_name" {
  description = "Name of the storage account: 3 to 24 small letters and digits, the only one of its name in the world."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9]{3,24}$", var.account_name))
    error_message = "Use 3 to 24 small letters and digits."
  }
}

variable "resource_group_name" {
  description = "The resource group that it belongs to."
  type        = string
}

variable "location" {
  description = "Where the files lie, such as australiaeast: passports and contracts stay in that country."
  type        = string
}

variable "container_name" {
  description = "AZURE_STORAGE_CONTAINER."
  type        = string
  default     = "portal-files"
}

variable "replication" {
  description = "ZRS keeps three copies in one region, GZRS also in a second one."
  type        = string
  default     = "ZRS"
}

variable "immutable_days" {
  description = "Days in which nobody can change or remove a file; 0 is no such policy. Seven years are 2557."
  type        = number
  default     = 2557
}

variable "lock_immutability" {
  description = "Lock the policy for good. It can never be taken back, only made longer."
  type        = bool
  default     = false
}

variable "undelete_days" {
  description = "Days in which a file that was removed can be brought back."
  type        = number
  default     = 30
}

variable "cool_after_days" {
  description = "Days after which a file costs less to keep and more to read."
  type        = number
  default     = 180
}

variable "cold_after_days" {
  description = "Days after which it costs less still."
  type        = number
  default     = 730
}
