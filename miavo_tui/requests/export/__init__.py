"""Requests saved to a file: what kind of file, and how it is written page by page."""

from __future__ import annotations

from miavo_tui.requests.export.formats import FORMATS, FileFormat
from miavo_tui.requests.export.job import ExportJob, ExportProblem

__all__ = ["FORMATS", "ExportJob", "ExportProblem", "FileFormat"]
