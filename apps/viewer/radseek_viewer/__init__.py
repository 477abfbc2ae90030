"""The radseek viewer: Streamlit pages over `radseek.service`, and the routes that feed them pictures."""
