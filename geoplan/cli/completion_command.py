"""The command that prints the script by which a shell completes commands, options and values."""

from __future__ import annotations

import click

from geoplan.cli.arguments import ExampleCommand
from geoplan.cli.printing import COMPLETE_VARIABLE

SHELLS = ("bash", "zsh", "fish", "powershell")

_HELP = """Print the script that makes a shell complete geoplan's commands, options and values.

\b
bash:        echo 'eval "$(geoplan completion bash)"' >> ~/.bashrc
zsh:         echo 'eval "$(geoplan completion zsh)"' >> ~/.zshrc
fish:        geoplan completion fish > ~/.config/fish/completions/geoplan.fish
PowerShell:  Add-Content $PROFILE 'geoplan completion powershell | Out-String | Invoke-Expression'
"""


@click.command(
    help=_HELP,
    short_help="Print the script by which a shell completes commands and options.",
    cls=ExampleCommand,
    examples=["completion bash", "completion powershell"],
)
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the script that makes a shell complete geoplan's commands, options and values."""
    from click.shell_completion import ShellComplete, get_completion_class

    from geoplan.cli.shells import register_powershell

    register_powershell()
    found = get_completion_class(shell)
    assert found is not None
    root = ctx.find_root()
    script = found(root.command, {}, root.info_name or "geoplan", COMPLETE_VARIABLE)
    # Not found.source(): for bash it would start one to see how old it is.
    click.echo(ShellComplete.source(script))
