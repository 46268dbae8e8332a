"""The ``dcsim`` command: verbs under nouns, one module each, imported when it is asked for."""
