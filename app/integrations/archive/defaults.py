"""How the archive in SharePoint is made from the configuration; loaded by workers that use it."""

from app.integrations.archive.graph import Application, Speaker
from app.integrations.archive.sharepoint import SharePointArchive
from config import Config


def sharepoint_archive(config: Config) -> SharePointArchive:
    """File papers in the library of SharePoint that each organisation chose, and look after it."""
    told = config.vendor
    return SharePointArchive(
        Speaker(
            Application(
                client_id=told["GRAPH_CLIENT_ID"],
                client_secret=told["GRAPH_CLIENT_SECRET"],
                authority=told["GRAPH_AUTHORITY"].rstrip("/"),
                base=told["GRAPH_BASE_URL"].rstrip("/"),
                timeout=config.http_timeout_seconds,
            )
        )
    )
