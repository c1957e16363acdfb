"""How files in Azure are reached, from the configuration; as light as the disk, for the web uses it."""

from app.integrations.files.azure_blob import BlobFiles
from app.integrations.files.blob_keys import account_of
from config import Config


def azure_blob_files(config: Config) -> BlobFiles:
    """Keep files in a container of Azure Blob Storage."""
    told = config.vendor
    account = account_of(told["AZURE_STORAGE_CONNECTION_STRING"], told["AZURE_STORAGE_CONTAINER"])
    return BlobFiles(account, timeout=config.http_timeout_seconds)
