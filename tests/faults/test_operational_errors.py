"""What an operator meets when the environment is wrong: one sentence that says what is wrong and what to do, exit code 1, no traceback.

Every case starts the real `dcsim` command in a process of its own, in a data directory of its own.
"""
