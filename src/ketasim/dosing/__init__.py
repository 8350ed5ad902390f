"""Who gets what, when: amounts, products, regimens, event records and the operations they become.

Plain numbers, names and text only. What does NOT belong here: models, parameters, how much is absorbed, or anything
that integrates.
"""
