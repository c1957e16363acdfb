"""The gate answers one question at a time, and nobody can list what it knows."""


def test_the_tables_are_made(engine_of):
    with engine_of("portal_app").connect() as db:
        assert db.exec_driver_sql("select gate_staff(1)").scalar() is None
