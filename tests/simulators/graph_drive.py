"""A document library of the Graph simulator: items, versions, columns, sessions of uploading, changes."""

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from app.integrations.archive.quickxor import quick_xor

PIECE = 327_680
"""Parts of an upload are multiples of it (prose: driveitem-createuploadsession)."""


class Wrong(Exception):
    """An answer that is not a success: status, Graph's own code and words."""

    def __init__(self, status, code, message=""):
        super().__init__(message or code)
        self.status, self.code, self.message = status, code, message or code


def stamp(moment=None):
    """Return an instant as Graph writes it."""
    return (moment or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class Item:
    """A file or a folder."""

    name: str
    parent: "Item | None"
    content: bytes | None = None
    id: str = field(default_factory=lambda: "01" + uuid.uuid4().hex.upper()[:32])
    list_item: int = 0
    fields: dict = field(default_factory=dict)
    versions: list = field(default_factory=list)
    writes: int = 1
    seq: int = 0
    deleted: bool = False
    at: str = field(default_factory=stamp)

    @property
    def is_folder(self):
        return self.content is None

    @property
    def path(self):
        return "" if self.parent is None else f"{self.parent.path}/{self.name}"


@dataclass
class Session:
    """A large upload under way."""

    parent: Item
    name: str
    rule: str
    size: int | None = None
    got: bytearray = field(default_factory=bytearray)
    until: datetime = field(default_factory=lambda: datetime.now(UTC) + timedelta(hours=1))


class Drive:
    """One library. Whatever changes gets the next number, so that a delta is what is newer."""

    def __init__(self, name="Contracts", columns=()):
        self.id, self.name, self.list_id = "b!" + uuid.uuid4().hex, name, str(uuid.uuid4())
        self.columns = list(columns)
        self.root = Item("root", None)
        self.items = {self.root.id: self.root}
        self.sessions = {}
        self.clock = 0
        self.changed = lambda drive: None
        """Called after every change; the simulator tells its subscribers."""

    def touch(self, item, tell=True):
        self.clock += 1
        item.seq, item.at = self.clock, stamp()
        if tell:
            self.changed(self)

    def find(self, key):
        """Return an item by id, by ``root`` or by ``parent:/path:``."""
        if ":" in key:
            parent, _, path = key.partition(":")
            item = self.find(parent)
            for part in path.strip(":").strip("/").split("/"):
                item = self.child(item, part)
                if item is None:
                    raise Wrong(404, "itemNotFound", "The resource could not be found.")
            return item
        item = self.root if key == "root" else self.items.get(key)
        if item is None or item.deleted:
            raise Wrong(404, "itemNotFound", "The resource could not be found.")
        return item

    def child(self, parent, name):
        return next(
            (i for i in self.items.values()
             if i.parent is parent and not i.deleted and i.name.lower() == name.lower()), None,
        )  # fmt: skip

    def place(self, key):
        """Return the folder and the name that a path means, with its folders made (prose)."""
        parent, _, path = key.partition(":")
        folder, *_ = [self.find(parent)]
        *folders, name = path.strip(":").strip("/").split("/")
        for part in folders:
            known = self.child(folder, part)
            if known is None:
                known = Item(part, folder)
                self.items[known.id] = known
                self.touch(known, tell=False)
            folder = known
        return folder, name

    def write(self, key, content, rule="replace"):
        """Keep content under an id or a path; the version before is kept."""
        if ":" not in key:
            item = self.find(key)
            return self._replace(item, content), 200
        folder, name = self.place(key)
        return self.put(folder, name, content, rule)

    def put(self, folder, name, content, rule):
        known = self.child(folder, name)
        if known is not None and rule == "fail":
            raise Wrong(409, "nameAlreadyExists", "Another file exists with the same name.")
        if known is not None:
            return self._replace(known, content), 200
        item = Item(name, folder, content, list_item=len(self.items) + 1)
        self.items[item.id] = item
        self.touch(item)
        return item, 201

    def _replace(self, item, content):
        item.versions.append(item.content)
        item.content, item.writes = content, item.writes + 1
        self.touch(item)
        return item

    def delete(self, item):
        item.deleted = True
        self.touch(item)

    def move(self, item, folder_path="", name=""):
        """Do what a person does who drags a file elsewhere or gives it another name."""
        if folder_path:
            item.parent, _ = self.place(f"root:/{folder_path}/x:")
        item.name = name or item.name
        self.touch(item)

    def set_fields(self, item, values):
        known = {column["name"] for column in self.columns}
        if odd := set(values) - known:
            raise Wrong(400, "invalidRequest", f"Field '{min(odd)}' is not recognized")
        item.fields.update(values)
        self.touch(item)
        return item.fields

    def open_session(self, key, rule):
        folder, name = (
            self.place(key) if ":" in key else (self.find(key).parent, self.find(key).name)
        )
        if rule == "fail" and self.child(folder, name) is not None:
            raise Wrong(409, "nameAlreadyExists", "Another file exists with the same name.")
        number = uuid.uuid4().hex
        self.sessions[number] = Session(folder, name, rule)
        return number

    def take_part(self, number, begin, size, part):
        """Take one part in order: 416 for one that came already, an item after the last (prose)."""
        session = self.sessions.get(number)
        if session is None:
            raise Wrong(404, "itemNotFound", "The upload session was not found.")
        if begin != len(session.got):
            raise Wrong(416, "invalidRange", "Fragment already received or out of order.")
        is_last = begin + len(part) == size
        if not is_last and len(part) % PIECE:
            raise Wrong(400, "invalidRequest", "Fragments are multiples of 320 KiB.")
        session.size = size
        session.got += part
        if not is_last:
            return None, 202
        made = self.put(session.parent, session.name, bytes(session.got), session.rule)
        del self.sessions[number]
        return made

    def shown(self, item, base=""):
        """Return an item as Graph shows it."""
        if item.deleted:
            return {"id": item.id, "deleted": {"state": "deleted"}}
        told = {
            "id": item.id,
            "name": item.name,
            "eTag": f'"{{{item.id}}},{item.seq}"',
            "cTag": f'"c:{{{item.id}}},{item.writes}"',
            "size": len(item.content or b""),
            "webUrl": f"{base}/sim/{self.id}{item.path}",
            "lastModifiedDateTime": item.at,
        }
        if item.parent is None:
            return {**told, "root": {}, "folder": {"childCount": 0}}
        told["parentReference"] = {
            "driveId": self.id,
            "id": item.parent.id,
            "path": f"/drives/{self.id}/root:{item.parent.path}",
        }
        if item.is_folder:
            return {**told, "folder": {"childCount": 0}}
        return {
            **told,
            "file": {
                "mimeType": "application/pdf",
                "hashes": {"quickXorHash": quick_xor(item.content)},
            },
        }

    def newer(self, since):
        """Return what changed since a number, the oldest first."""
        found = [item for item in self.items.values() if item.seq > since]
        return sorted(found, key=lambda item: item.seq)
