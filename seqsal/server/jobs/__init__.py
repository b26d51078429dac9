"""POST /seqsal/jobs: predictions whose progress and results are streamed as server-sent events.

`request` parses and checks the body of a job, `stream` runs it and streams its events.
docs/serving.md describes the protocol.
"""
