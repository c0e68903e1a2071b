"""Commands that publish: freeze a released version, and assemble the folder that is served."""

from __future__ import annotations

from pathlib import Path

import click

from synthesis.cli.options import Place, takes_place

FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.argument("version")
@click.option("--report", type=FOLDER, default="reports", show_default=True, help="The report, made from these data.")
@click.option("--output", type=FOLDER, default="release", show_default=True, help="Folder for what is attached.")
@takes_place
def freeze(version: str, report: Path, output: Path, place: Place) -> None:
    """Pack VERSION as it is released: report, data and source, with their SHA-256.

    VERSION is the tag of the commit that is checked out. `synthesis publish` keeps what is packed here.

    \b
    Example:
      synthesis freeze v1.0.0 --output release
    """
    from synthesis.reports.publishing import freeze_version

    made = freeze_version(version, report=report, data=place.data, references=place.references, output=output)
    for path in made:
        click.echo(path)


@click.command()
@click.argument("folder", type=FOLDER, default="public")
@click.option("--report", type=FOLDER, default="reports", show_default=True, help="The report of today.")
@click.option("--site", type=FOLDER, help="Documentation that becomes the front.  [default: site, where it is]")
@click.option("--versions", multiple=True, type=FOLDER, help="Folder with archives of released versions; may repeat.")
@click.option(
    "--published",
    type=click.Path(dir_okay=False, path_type=Path),
    help="versions/versions.json as it is served today: a version of it that is missing or another stops.",
)
@click.option("--address", default="", metavar="URL", help="Where FOLDER will be served, for the links of the feed.")
@takes_place
def publish(
    folder: Path,
    report: Path,
    site: Path | None,
    versions: tuple[Path, ...],
    published: Path | None,
    address: str,
    place: Place,
) -> None:
    """Assemble FOLDER to be served, by default public: report, released versions, what changed, documentation.

    Versions that FOLDER holds already are kept; one that was released with other content is refused.

    \b
    Example:
      synthesis publish public --versions released
    """
    from synthesis.reports.changes.history import compare_versions
    from synthesis.reports.publishing import publish_site
    from synthesis.reports.report import to_stderr

    usual = Path("site")
    changes = compare_versions(place.data, references=place.references, given=place.given, progress=to_stderr)
    made = publish_site(
        folder,
        report=report,
        data=place.data,
        references=place.references,
        changes=changes,
        versions=versions,
        published=published,
        site=site or (usual if usual.is_dir() else None),
        address=address,
    )
    click.echo(f"Open {made}")


COMMANDS = (freeze, publish)
