"""The report of a run: one page with tables, plots, and the records behind each label."""

from seqsal.analysis.report.options import ReportOptions
from seqsal.analysis.report.page import check_target, write

__all__ = ["ReportOptions", "check_target", "write"]
