"""What ``flask seed`` writes of the rights of staff."""

import pytest
from flask_appbuilder.security.sqla.models import PermissionView, ViewMenu
from sqlalchemy import func, select

from admin import seeded_rights
from admin.roles import CONTRACTS, FINANCE, OPERATOR
from app.db.session import session as db


@pytest.fixture
def builder(seeded, app):
    with app.app_context():
        yield app.extensions["appbuilder"]


def held(builder, role):
    return {
        (pair.permission.name, pair.view_menu.name)
        for pair in builder.sm.find_role(role).permissions
    }


def test_roles_hold_what_is_declared_with_their_lines_of_the_rail_and_nothing_else(builder):
    granted = seeded_rights.of_roles(builder)

    assert {name: held(builder, name) for name in granted} == granted
    assert {("can_list", "ContractView"), ("menu_access", "Contracts")} <= granted[CONTRACTS]


def test_again_it_changes_nothing(builder):
    before = {name: held(builder, name) for name in (CONTRACTS, FINANCE, OPERATOR)}
    keys = set(db.scalars(select(PermissionView.id)))

    builder.sm.seed()

    assert {name: held(builder, name) for name in before} == before
    assert set(db.scalars(select(PermissionView.id))) == keys


def test_what_is_no_longer_granted_is_taken_back_and_what_is_no_right_any_more_goes(builder):
    granted = seeded_rights.of_roles(builder)
    granted[FINANCE].add(("can_dance", "StageView"))
    granted[CONTRACTS].add(("can_list", "PayRunView"))
    seeded_rights.write(db(), granted)
    db.commit()
    assert ("can_dance", "StageView") in held(builder, FINANCE)

    builder.sm.seed()

    db.expire_all()
    assert ("can_dance", "StageView") not in held(builder, FINANCE)
    assert ("can_list", "PayRunView") not in held(builder, CONTRACTS)
    assert ("can_list", "PayRunView") in held(builder, FINANCE)
    named = select(func.count(PermissionView.id)).join(PermissionView.view_menu)
    assert db.scalar(named.where(ViewMenu.name == "StageView")) == 0
