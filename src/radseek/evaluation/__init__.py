"""Measures over runs and qrels. numpy and scikit-learn, no torch."""
