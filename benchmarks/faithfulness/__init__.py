"""How faithful salience maps are, on tasks whose cause is known. See docs/faithfulness.md."""
