"""Trials as they are run: phases, arms, visits, rules, drop-out and statistics, for any model that gives a score.

What does NOT belong here: which drug or disease it is (pharmacology), and what was published (studies).
"""
