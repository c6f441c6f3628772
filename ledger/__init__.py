"""The database: schema, migrations, and the only SQL."""
