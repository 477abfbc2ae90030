"""The radseek viewer: Streamlit pages over `radseek.service`."""
