"""What a clinic can measure: rating scales, endpoints, their rounding and rater error, published links between scales.

What does NOT belong here: how a drug moves a score (pharmacology), how a trial analyses it (trials), or any patient.
"""
