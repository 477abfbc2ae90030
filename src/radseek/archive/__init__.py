"""The archive on disk: catalogue, sources, ingest, embeddings, verify."""
