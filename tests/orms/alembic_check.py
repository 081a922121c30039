"""What Alembic proposes in a database with an installation in the schema tasker; include_object comes from docs/orms.md."""

import collections
import pathlib
import sys

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import BigInteger, Column, ForeignKey, Integer, MetaData, Table, create_engine

shown = {}
exec(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"), shown)  # the code of the page


def proposed(path, **options):
    """The number of changes that Alembic proposes, by kind."""
    engine = create_engine("postgresql+psycopg://", connect_args={"options": f"-c search_path={path}"})
    with engine.connect() as connection:
        metadata = MetaData()
        if "tasker" in path:
            Table("tasker_tasks", metadata, autoload_with=connection)
        else:
            Table("tasker_tasks", metadata, Column("task_id", BigInteger, primary_key=True), schema="tasker")
        key = "tasker_tasks.task_id" if "tasker" in path else "tasker.tasker_tasks.task_id"
        orders = Table("orders", metadata, Column("id", Integer, primary_key=True), Column("task_id", ForeignKey(key)))
        orders.create(connection, checkfirst=True)
        connection.commit()
        context = MigrationContext.configure(connection, opts=options)
        changes = [change if isinstance(change, tuple) else change[0] for change in compare_metadata(context, metadata)]
        return collections.Counter(change[0] for change in changes)


def check(title, right, found):
    if not right:
        raise SystemExit(f"not ok Alembic {title}: proposes {dict(found)}")
    print(f"ok Alembic {title}")


for path in "public,tasker", "public":
    for schemas in False, True:
        found = proposed(path, include_schemas=schemas, include_object=shown["include_object"])
        check(f"with include_object and search_path {path}, include_schemas {schemas}: proposes nothing", not found, found)
found = proposed("public,tasker")
check("without it: proposes to drop the tables", found["remove_table"] > 25, found)
found = proposed("public,tasker", include_schemas=True,
                 include_name=lambda name, kind, parents: kind != "schema" or name != "tasker")
check("with include_name for the schema alone: proposes to drop them too", found["remove_table"] > 25, found)
