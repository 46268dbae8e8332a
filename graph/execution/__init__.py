"""Carrying out GraphQL: declared fields read rows, joined fields read them for many parents at once.

A query over such fields alone is compiled to a plan (`plan`) that is run level by level (`run`); everything else goes through
graphql-core, with the same results.
"""
