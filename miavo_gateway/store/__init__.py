"""Tables, migrations, the engine and the group-commit writer."""
