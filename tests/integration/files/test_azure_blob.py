"""Files in Azure Blob Storage: write-once, whole or in blocks, checked, linked for a short while."""

import hashlib
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from azure.core.exceptions import ResourceExistsError
from azure.storage.blob import (
    BlobSasPermissions,
    BlobServiceClient,
    ContainerClient,
    generate_blob_sas,
)

from app.integrations import providers
from app.integrations.errors import Permanent, Retryable
from app.integrations.files.azure_blob import BlobFiles
from app.integrations.files.blob_keys import account_of, block_id, block_list
from app.integrations.files.blob_wire import Wire
from app.services import files as stored_files
from tests.simulators.azure_blob import ACCOUNT, KEY, BlobStore
from tests.simulators.serving import serve

INSTALLED = Path(__file__).parents[2] / "azurite" / "node_modules" / ".bin" / "azurite-blob"
LARGE = bytes(range(256)) * 4096 * 3
CONTAINER = "portal-files"
AZURITE = (
    "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1"
    "OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;BlobEndpoint=http://127.0.0.1:{}/devstoreaccount1;"
)
"""The key that the emulator's documentation publishes."""


@pytest.fixture
def vendor():
    with serve(BlobStore(), unchecked=(".*",)) as running:
        yield running


@pytest.fixture(params=["simulator", "azurite"])
def kept(request, tmp_path):
    """A store of files on the simulator, and on the vendor's emulator where it is installed."""
    if request.param == "simulator":
        vendor = request.getfixturevalue("vendor")
        connection = vendor.simulator.connection(vendor.base)
    else:
        connection = request.getfixturevalue("azurite")
    return BlobFiles(account_of(connection, CONTAINER), timeout=5, block=1 << 20)


@pytest.fixture(scope="session")
def azurite(tmp_path_factory):
    program = INSTALLED if INSTALLED.exists() else shutil.which("azurite-blob")
    if program is None or shutil.which("node") is None:
        away = os.environ.get("AZURITE_AWAY", "`make test` installs it where npm is")
        pytest.skip(f"Azurite is away: {away}")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    running = subprocess.Popen(
        [program, "--blobHost", "127.0.0.1", "--blobPort", str(port), "--silent",
         "--disableTelemetry", "--skipApiVersionCheck", "--inMemoryPersistence"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    connection = AZURITE.format(port)
    try:
        for _ in range(100):
            with socket.socket() as line:
                if line.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        BlobServiceClient.from_connection_string(
            connection, api_version="2021-12-02"
        ).create_container(CONTAINER)
        yield connection
    finally:
        running.terminate()
        running.wait(10)


class TestKeeping:
    @pytest.mark.parametrize("content", [b"a receipt", LARGE, b""], ids=["small", "large", "empty"])
    def test_what_is_kept_is_read_back_and_named_by_its_content(self, kept, content):
        name = kept.put(content)

        assert name == hashlib.sha256(content).hexdigest()
        assert kept.read(name) == content
        assert kept.has(name)
        with kept.checked(name) as stream:
            assert stream.read() == content

    @pytest.mark.parametrize("content", [b"a receipt", LARGE], ids=["small", "large"])
    def test_keeping_it_again_changes_nothing(self, kept, content):
        assert kept.put(content) == kept.put(content)

    def test_a_finished_file_is_taken_in_and_gone_here(self, kept, tmp_path):
        place = tmp_path / "report.csv"
        place.write_bytes(LARGE)

        name = kept.take_in(place)

        assert kept.read(name) == LARGE
        assert not place.exists()

    def test_a_name_nobody_kept_is_refused(self, kept):
        unknown = "0" * 64

        assert not kept.has(unknown)
        kept.remove(unknown)
        with pytest.raises(Permanent, match="There is no file"):
            kept.read(unknown)

    def test_removed_it_is_gone(self, kept):
        name = kept.put(b"a report")

        kept.remove(name)

        assert not kept.has(name)

    @pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "0" * 63])
    def test_what_is_no_name_reaches_no_store(self, kept, name):
        with pytest.raises(Permanent, match="not the name of a file"):
            kept.has(name)

    def test_a_link_works_for_a_while_and_saves_under_the_name_of_the_file(self, kept):
        name = kept.put(b"%PDF receipt")

        with urllib.request.urlopen(
            kept.link(name, 60, "Taxi “Ü”.pdf", "application/pdf")
        ) as answer:
            assert answer.read() == b"%PDF receipt"
            assert answer.headers["Content-Disposition"].startswith(
                "attachment; filename*=UTF-8''Taxi"
            )

    @pytest.mark.parametrize("spoil", ["late", "forged", "another"])
    def test_a_link_that_is_late_or_forged_opens_nothing(self, kept, spoil):
        name, other = kept.put(b"one"), kept.put(b"two")
        link = kept.link(name, -10 if spoil == "late" else 60, "a.pdf", "application/pdf")
        if spoil == "forged":
            link = link.replace("sp=r", "sp=rwd")
        if spoil == "another":
            link = link.replace(
                f"{name[:2]}/{name[2:4]}/{name}", f"{other[:2]}/{other[2:4]}/{other}"
            )

        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(link)

        refused.value.close()
        assert refused.value.code == 403


class TestWriteOnce:
    """The store decides, whoever comes. Azurite has no immutability policies: those are the simulator's."""

    @staticmethod
    def write(kept, content, in_blocks):
        """Write under one name as the adapter does, whatever the content."""
        wire, path = Wire(kept.account, 5), f"/{CONTAINER}/ab/cd/one-name"
        once = {"If-None-Match": "*"}
        if not in_blocks:
            return wire.call(
                "PUT", path, body=content, headers={"x-ms-blob-type": "BlockBlob", **once}
            )
        block = block_id("0" * 64, 0)
        wire.call("PUT", path, query={"comp": "block", "blockid": block}, body=content).need(201)
        headers = {"Content-Type": "application/xml", **once}
        return wire.call(
            "PUT", path, query={"comp": "blocklist"}, body=block_list([block]), headers=headers
        )

    @pytest.mark.parametrize("again", [False, True], ids=["whole", "in blocks"])
    @pytest.mark.parametrize("first", [False, True], ids=["whole", "in blocks"])
    def test_another_content_under_the_same_name_is_refused(self, kept, first, again):
        Wire(kept.account, 5).call("DELETE", f"/{CONTAINER}/ab/cd/one-name")
        assert self.write(kept, b"the first", first).status == 201

        answer = self.write(kept, b"another", again)

        assert (answer.status, answer.code) == (409, "BlobAlreadyExists")
        assert (
            b"".join(Wire(kept.account, 5).stream(f"/{CONTAINER}/ab/cd/one-name", 64))
            == b"the first"
        )

    @pytest.mark.parametrize("size", [100, 3 << 20], ids=["small", "large"])
    def test_eight_who_keep_the_same_at_once_keep_one(self, kept, size):
        content = os.urandom(size)

        with ThreadPoolExecutor(8) as crowd:
            names = set(crowd.map(lambda _: kept.put(content), range(8)))

        assert names == {hashlib.sha256(content).hexdigest()}
        assert kept.read(names.pop()) == content


class TestTheVendorsOwnLibrary:
    """What speaks for our signing: the vendor's library and we agree, word by word."""

    def test_reads_what_we_keep_and_meets_what_is_there_already(self, kept):
        name = kept.put(b"by us")
        account = kept.account
        theirs = ContainerClient(
            account.url, CONTAINER, credential={"account_name": account.name, "account_key": account.key},
            api_version="2021-12-02",
        )  # fmt: skip
        path = f"{name[:2]}/{name[2:4]}/{name}"

        assert theirs.download_blob(path).readall() == b"by us"
        with pytest.raises(ResourceExistsError):
            theirs.upload_blob(path, b"by them", overwrite=False)

    def test_signs_a_link_as_we_do(self, vendor):
        store = BlobFiles(account_of(vendor.simulator.connection(vendor.base), CONTAINER))
        name = "ab" * 32
        ours = {key: said for key, (said,) in parse_qs(urlsplit(
            store.link(name, 60, "a b.pdf", "application/pdf")).query).items()}  # fmt: skip

        theirs = generate_blob_sas(
            ACCOUNT, CONTAINER, f"ab/ab/{name}", account_key=KEY,
            permission=BlobSasPermissions(read=True), expiry=datetime.fromisoformat(ours["se"][:-1]),
            protocol=ours["spr"], cache_control=ours["rscc"], content_type=ours["rsct"],
            content_disposition=ours["rscd"],
        )  # fmt: skip

        told = {key: said for key, (said,) in parse_qs(theirs).items()}
        assert set(told) == set(ours)
        assert told["se"] == ours["se"]


class TestWhenAzureFails:
    @pytest.fixture
    def store(self, vendor):
        account = account_of(vendor.simulator.connection(vendor.base), CONTAINER)
        return BlobFiles(account, timeout=1, block=1 << 20)

    @pytest.mark.parametrize("kind", ["drop_after", "fail_after", "drop_before", "fail_before"])
    @pytest.mark.parametrize("content", [b"a receipt", LARGE], ids=["small", "large"])
    def test_an_answer_that_was_lost_is_tried_again_and_one_file(
        self, vendor, store, kind, content
    ):
        vendor.faults.plan(kind, method="PUT")

        with pytest.raises(Retryable):
            store.put(content)
        name = store.put(content)

        assert list(vendor.simulator.blobs.values()) == [content]
        assert store.read(name) == content

    def test_asked_to_wait_it_says_how_long(self, vendor, store):
        vendor.faults.plan("refuse", seconds=7)

        with pytest.raises(Retryable) as told:
            store.put(b"x")

        assert told.value.retry_after == 7

    def test_too_slow_is_a_failure_in_time(self, vendor, store):
        vendor.faults.plan("slow", seconds=2)

        with pytest.raises(Retryable, match="did not answer"):
            store.put(b"x")

    def test_bytes_that_changed_there_are_not_handed_out(self, vendor, store):
        name = store.put(b"a receipt")
        (path,) = vendor.simulator.blobs
        vendor.simulator.blobs[path] = b"a receipt!"

        with pytest.raises(Permanent, match="is not what was kept"):
            store.read(name)

    def test_what_the_law_holds_is_not_removed(self, vendor, store):
        name = store.put(b"a contract")
        vendor.simulator.held |= set(vendor.simulator.blobs)

        with pytest.raises(Permanent, match="BlobImmutableDueToPolicy"):
            store.remove(name)

        assert store.has(name)

    def test_another_key_is_refused_and_names_the_setting(self, vendor, store):
        store.account = replace(store.account, key="AAAA")

        with pytest.raises(Permanent, match="AZURE_STORAGE_CONNECTION_STRING"):
            store.put(b"x")

    def test_a_container_that_is_not_there_names_the_setting(self, vendor, store):
        store.account = replace(store.account, container="elsewhere")

        with pytest.raises(Permanent, match="AZURE_STORAGE_CONTAINER"):
            store.put(b"x")

    @pytest.mark.parametrize(
        "text", ["", "AccountName=a", "AccountName=a;AccountKey=?;BlobEndpoint=x"]
    )
    def test_a_connection_string_that_cannot_be_meant_is_refused(self, text):
        with pytest.raises(Permanent, match="AZURE_STORAGE_CONNECTION_STRING"):
            account_of(text, CONTAINER)


class TestTheProduct:
    def test_the_web_keeps_and_hands_out_files_there_and_links_what_is_saved(
        self, app, config, vendor, organisation, owner_session
    ):
        chosen = replace(
            config, files="azure_blob",
            vendor={
                "AZURE_STORAGE_CONNECTION_STRING": vendor.simulator.connection(vendor.base),
                "AZURE_STORAGE_CONTAINER": CONTAINER,
            },
        )  # fmt: skip
        providers.configure(chosen)
        name = providers.files().put(b"a receipt")
        kept = stored_files.record(
            owner_session, stored_files.Kept(name, 9, "image/jpeg", "taxi.jpg"),
            organisation_id=organisation.id, stored_by="test",
        )  # fmt: skip

        with app.test_request_context():
            served = __import__("app.served", fromlist=["original"]).original(kept)

        assert served.status_code == 302
        assert served.headers["Cache-Control"] == "private, no-store"
        with urllib.request.urlopen(served.location) as answer:
            assert answer.read() == b"a receipt"
            assert answer.headers["Content-Disposition"].startswith("attachment")
