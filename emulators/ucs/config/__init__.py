"""Configuration: what writing an object means.  Everything here is decided within the world's transactions and does no I/O.

``changes`` is what clients ask for, ``transaction`` what one transaction can do, ``hooks`` where meaning is registered; the other modules
give meaning to their part of the model.
"""
