"""Images of this service as they stand in a cluster: processes with their own code, migrations and environment."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]

_REVISION = '''"""A later revision."""

import sqlalchemy as sa
from alembic import op

from migrations.compatibility import runs_on

revision = "{revision}"
down_revision = "{down_revision}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table("later", sa.Column("id", sa.Integer(), primary_key=True))
    op.add_column("release", sa.Column("later", sa.Integer(), nullable=True))
    {ending}
'''


@dataclass(frozen=True)
class Image:
    """One version of the service; `migrations` is its own, or None for those of this source."""

    database_url: str
    migrations: Path | None = None

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Run the command line as the image's container would."""
        paths = [str(self.migrations.parent)] if self.migrations else []
        environ = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join([*paths, str(ROOT)]),
            "DATABASE_URL": self.database_url,
        }
        return subprocess.Popen(
            [sys.executable, "-m", "bbconsumer.cli", *arguments],
            env=environ,
            # Python looks for modules in the current folder first.
            cwd=paths[0] if paths else ROOT,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def run(self, *arguments: str) -> tuple[int, str]:
        """Exit code and all output."""
        with self.start(*arguments) as process:
            output, errors = process.communicate(timeout=120)
        return process.returncode, output + errors


def write_later_migrations(folder: Path, revision: str, down_revision: str, ending: str) -> Path:
    """A copy of this source's migrations with one more at the end."""
    target = folder / "migrations"
    shutil.copytree(ROOT / "migrations", target, ignore=shutil.ignore_patterns("__pycache__"))
    text = _REVISION.format(revision=revision, down_revision=down_revision, ending=ending)
    (target / "versions" / f"{revision}_later.py").write_text(text)
    return target
