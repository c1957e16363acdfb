"""Contracts, their versions, requests to sign and evidence."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations import policies

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, then put up their walls."""
    op.create_table(
        "contract_template",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_contract_template_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract_template")),
        sa.UniqueConstraint(
            "organisation_id", "name", name=op.f("uq_contract_template_organisation_id_name")
        ),
    )
    op.create_index(
        op.f("ix_contract_template_organisation_id"),
        "contract_template",
        ["organisation_id"],
        unique=False,
    )
    op.create_table(
        "clause",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_clause_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clause")),
        sa.UniqueConstraint("organisation_id", "key", name=op.f("uq_clause_organisation_id_key")),
    )
    op.create_index(op.f("ix_clause_organisation_id"), "clause", ["organisation_id"], unique=False)
    op.create_table(
        "contract",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("engagement_id", sa.BigInteger(), nullable=False),
        sa.Column("template_id", sa.BigInteger(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "draft",
                "in_review",
                "ready",
                "sent",
                "part_signed",
                "signed_by_artist",
                "executed",
                "completed",
                "declined",
                "expired",
                "voided",
                "terminated",
                "external",
                name="contractstatus",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("signer_id", sa.BigInteger(), nullable=True),
        sa.Column("company_signatory_id", sa.Integer(), nullable=True),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("submitted_by_id", sa.Integer(), nullable=True),
        sa.Column("approved_by_id", sa.Integer(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("viewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("executed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_event_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("source_note", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(
            ["company_signatory_id"],
            ["ab_user.id"],
            name=op.f("fk_contract_company_signatory_id_ab_user"),
        ),
        sa.ForeignKeyConstraint(
            ["engagement_id"], ["engagement.id"], name=op.f("fk_contract_engagement_id_engagement")
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["ab_user.id"], name=op.f("fk_contract_owner_id_ab_user")
        ),
        sa.ForeignKeyConstraint(
            ["submitted_by_id"], ["ab_user.id"], name=op.f("fk_contract_submitted_by_id_ab_user")
        ),
        sa.ForeignKeyConstraint(
            ["approved_by_id"], ["ab_user.id"], name=op.f("fk_contract_approved_by_id_ab_user")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_contract_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["signer_id"], ["person.id"], name=op.f("fk_contract_signer_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["template_id"],
            ["contract_template.id"],
            name=op.f("fk_contract_template_id_contract_template"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract")),
        sa.UniqueConstraint(
            "organisation_id", "number", name=op.f("uq_contract_organisation_id_number")
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_contract_public_id")),
    )
    op.create_index(op.f("ix_contract_engagement_id"), "contract", ["engagement_id"], unique=False)
    op.create_index(
        op.f("ix_contract_organisation_id"), "contract", ["organisation_id"], unique=False
    )
    op.create_index(
        "ix_contract_organisation_id_last_event_at",
        "contract",
        ["organisation_id", sa.text("last_event_at DESC NULLS LAST"), sa.text("id DESC")],
        unique=False,
    )
    op.create_index(
        "ix_contract_organisation_id_status",
        "contract",
        ["organisation_id", "status"],
        unique=False,
    )
    op.create_table(
        "contract_version",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("contract_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("markdown", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("terms", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("missing", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("document_sha256", sa.Text(), nullable=True),
        sa.Column("document_file_id", sa.BigInteger(), nullable=True),
        sa.Column("sealed_file_id", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_contract_version_contract_id_contract")
        ),
        sa.ForeignKeyConstraint(
            ["document_file_id"],
            ["stored_file.id"],
            name=op.f("fk_contract_version_document_file_id_stored_file"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_contract_version_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["sealed_file_id"],
            ["stored_file.id"],
            name=op.f("fk_contract_version_sealed_file_id_stored_file"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract_version")),
        sa.UniqueConstraint(
            "contract_id", "number", name=op.f("uq_contract_version_contract_id_number")
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_contract_version_public_id")),
    )
    op.create_index(
        op.f("ix_contract_version_contract_id"), "contract_version", ["contract_id"], unique=False
    )
    op.create_index(
        op.f("ix_contract_version_organisation_id"),
        "contract_version",
        ["organisation_id"],
        unique=False,
    )
    op.create_table(
        "amendment",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("contract_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("changes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "draft",
                "sent",
                "executed",
                "declined",
                "voided",
                name="amendmentstatus",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("markdown", sa.Text(), nullable=False),
        sa.Column("document_file_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_amendment_contract_id_contract")
        ),
        sa.ForeignKeyConstraint(
            ["document_file_id"],
            ["stored_file.id"],
            name=op.f("fk_amendment_document_file_id_stored_file"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_amendment_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_amendment")),
        sa.UniqueConstraint("contract_id", "number", name=op.f("uq_amendment_contract_id_number")),
        sa.UniqueConstraint("public_id", name=op.f("uq_amendment_public_id")),
    )
    op.create_index(op.f("ix_amendment_contract_id"), "amendment", ["contract_id"], unique=False)
    op.create_index(
        op.f("ix_amendment_organisation_id"), "amendment", ["organisation_id"], unique=False
    )
    op.create_table(
        "signature_request",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("contract_version_id", sa.BigInteger(), nullable=True),
        sa.Column("amendment_id", sa.BigInteger(), nullable=True),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "waiting",
                "sent",
                "part_signed",
                "signed_by_artist",
                "completed",
                "declined",
                "expired",
                "voided",
                name="signaturerequeststatus",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(contract_version_id IS NULL) <> (amendment_id IS NULL)",
            name=op.f("ck_signature_request_one_paper"),
        ),
        sa.ForeignKeyConstraint(
            ["amendment_id"],
            ["amendment.id"],
            name=op.f("fk_signature_request_amendment_id_amendment"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_version_id"],
            ["contract_version.id"],
            name=op.f("fk_signature_request_contract_version_id_contract_version"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_signature_request_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signature_request")),
        sa.UniqueConstraint(
            "provider", "external_id", name=op.f("uq_signature_request_provider_external_id")
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_signature_request_public_id")),
    )
    op.create_index(
        op.f("ix_signature_request_amendment_id"),
        "signature_request",
        ["amendment_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_signature_request_contract_version_id"),
        "signature_request",
        ["contract_version_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_signature_request_organisation_id"),
        "signature_request",
        ["organisation_id"],
        unique=False,
    )
    op.create_table(
        "signature_evidence",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("request_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "signer_role",
            sa.Enum(
                "artist",
                "agent",
                "company",
                name="signerrole",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("signer_name", sa.Text(), nullable=False),
        sa.Column("signer_person_id", sa.BigInteger(), nullable=True),
        sa.Column("signer_user_id", sa.Integer(), nullable=True),
        sa.Column("on_behalf_of", sa.Text(), nullable=False),
        sa.Column("document_sha256", sa.Text(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("step_up", sa.Text(), nullable=False),
        sa.Column("intent", sa.Text(), nullable=False),
        sa.Column("seal", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_signature_evidence_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["signature_request.id"],
            name=op.f("fk_signature_evidence_request_id_signature_request"),
        ),
        sa.ForeignKeyConstraint(
            ["signer_person_id"],
            ["person.id"],
            name=op.f("fk_signature_evidence_signer_person_id_person"),
        ),
        sa.ForeignKeyConstraint(
            ["signer_user_id"],
            ["ab_user.id"],
            name=op.f("fk_signature_evidence_signer_user_id_ab_user"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signature_evidence")),
        sa.UniqueConstraint(
            "request_id", "signer_role", name=op.f("uq_signature_evidence_request_id_signer_role")
        ),
    )
    op.create_index(
        op.f("ix_signature_evidence_organisation_id"),
        "signature_evidence",
        ["organisation_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_signature_evidence_request_id"), "signature_evidence", ["request_id"], unique=False
    )
    op.create_table(
        "contract_question",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("contract_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "side",
            sa.Enum(
                "staff",
                "artist",
                name="threadside",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_contract_question_contract_id_contract")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_contract_question_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract_question")),
    )
    op.create_index(
        op.f("ix_contract_question_contract_id"), "contract_question", ["contract_id"], unique=False
    )
    op.create_index(
        op.f("ix_contract_question_organisation_id"),
        "contract_question",
        ["organisation_id"],
        unique=False,
    )

    _guard()


def _guard() -> None:
    policies.guard("contract_template")
    policies.guard("clause")
    policies.guard(
        "contract",
        artist="status NOT IN ('draft', 'in_review', 'ready') AND " + policies.BY_ENGAGEMENT,
        writes="status NOT IN ('draft', 'in_review', 'ready') AND " + policies.BY_ENGAGEMENT,
    )
    policies.guard(
        "contract_version",
        artist="frozen_at IS NOT NULL AND contract_id IN (SELECT id FROM contract)",
    )
    policies.guard(
        "amendment", artist="status <> 'draft' AND contract_id IN (SELECT id FROM contract)"
    )
    policies.guard(
        "signature_request",
        artist="contract_version_id IN (SELECT id FROM contract_version) OR amendment_id IN (SELECT id FROM amendment)",
        writes="contract_version_id IN (SELECT id FROM contract_version) OR amendment_id IN (SELECT id FROM amendment)",
    )
    policies.guard(
        "signature_evidence",
        artist="request_id IN (SELECT id FROM signature_request)",
        writes="request_id IN (SELECT id FROM signature_request)",
    )
    policies.guard(
        "contract_question",
        artist="contract_id IN (SELECT id FROM contract)",
        writes="contract_id IN (SELECT id FROM contract)",
    )
    policies.append_only("signature_evidence")


def downgrade() -> None:
    """Take the tables down."""
    op.drop_table("contract_question")
    op.drop_table("signature_evidence")
    op.drop_table("signature_request")
    op.drop_table("amendment")
    op.drop_table("contract_version")
    op.drop_table("contract")
    op.drop_table("clause")
    op.drop_table("contract_template")
