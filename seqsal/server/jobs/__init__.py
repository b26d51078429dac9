"""POST /seqsal/jobs: predictions whose progress and results are streamed as server-sent events.

`request` parses and checks the body of a job, `stream` runs it and streams its events; `analysis`
is the job over many examples.
docs/serving.md describes the protocol.
"""
