"""A report as JUnit XML: a test suite of checks, for the pages that CI systems make."""

from __future__ import annotations

from xml.etree import ElementTree

from wslgpu.output.report import Report, count
from wslgpu.output.text_report import PLACES, show_command


def render_junit(report: Report) -> str:
    """One test case a finding: fail is a failure, unknown an error, skip skipped; the rest passes."""
    counts = count(report.findings)
    suite = ElementTree.Element(
        "testsuite",
        name=f"wslgpu doctor ({report.side})",
        tests=str(len(report.findings)),
        failures=str(counts["fail"]),
        errors=str(counts["unknown"]),
        skipped=str(counts["skip"]),
        time=f"{report.seconds:.3f}",
    )
    for finding in report.findings:
        case = ElementTree.SubElement(suite, "testcase", classname=f"wslgpu.{finding.area}", name=finding.slug)
        tag = {"fail": "failure", "unknown": "error", "skip": "skipped"}.get(finding.status)
        if tag is not None:
            remedies = [f"{PLACES[remedy.where]}: {show_command(remedy)}" for remedy in finding.remedies]
            ElementTree.SubElement(case, tag, message=finding.title).text = "\n".join(remedies) or None
    ElementTree.indent(suite)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"
