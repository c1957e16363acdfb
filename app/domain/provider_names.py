"""What providers are called in sentences."""

from typing import Final

NAMES: Final = {
    "adobe_sign": "Adobe Acrobat Sign",
    "azure_blob": "Azure Blob Storage",
    "azure_service_bus": "Azure Service Bus",
    "docusign": "DocuSign",
    "entra": "Microsoft Entra ID",
    "graph": "Microsoft Graph",
    "sendgrid": "SendGrid",
    "sharepoint": "SharePoint",
    "smtp": "The mail server",
    "twilio": "Twilio",
    "vapid": "The push service",
    "xero": "Xero",
}


def provider_name(provider: str) -> str:
    """Return a provider's name as people know it."""
    return NAMES.get(provider, provider.replace("_", " ").capitalize())
