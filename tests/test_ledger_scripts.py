from contextlib import closing
from pathlib import Path

from ledger import connect, migrate, scripts, transaction
from tests.ledger_rows import NOW, later


def test_a_script_is_kept_once_under_its_digest(tmp_path: Path) -> None:
    migrate(tmp_path / "h.db")
    with closing(connect(tmp_path / "h.db")) as conn:
        with transaction(conn):
            for now in (NOW, later(days=1)):
                scripts.keep(
                    conn, digest="d", name="nb-base", version=2, title="新契约", purpose="duty",
                    canonical="{}", now=now,
                )  # fmt: skip
        kept = scripts.get(conn, "d")
        assert kept is not None
        assert (kept.name, kept.version, kept.title, kept.created_at) == ("nb-base", 2, "新契约", NOW)
        assert scripts.get(conn, "other") is None
