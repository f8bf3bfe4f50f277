"""The command completion, which prints a shell's completion script."""

from __future__ import annotations

import click

from geoplan.cli.arguments import ExampleCommand
from geoplan.cli.printing import COMPLETE_VARIABLE, emit

SHELLS = ("bash", "zsh", "fish", "powershell")

_HELP = """Print the completion script of a shell, for commands, options and values.

Run once:

\b
bash:        echo 'eval "$(geoplan completion bash)"' >> ~/.bashrc
zsh:         echo 'eval "$(geoplan completion zsh)"' >> ~/.zshrc
fish:        geoplan completion fish > ~/.config/fish/completions/geoplan.fish
PowerShell:  if (!(Test-Path $PROFILE)) { New-Item -Force $PROFILE }
             Add-Content $PROFILE 'geoplan completion powershell | Out-String | Invoke-Expression'
"""


@click.command(
    help=_HELP,
    short_help="Print the completion script for a shell.",
    cls=ExampleCommand,
    examples=["completion bash", "completion powershell"],
)
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the completion script of a shell."""
    from click.shell_completion import ShellComplete, get_completion_class

    from geoplan.cli.shells import register_powershell

    register_powershell()
    found = get_completion_class(shell)
    assert found is not None
    root = ctx.find_root()
    script = found(root.command, {}, root.info_name or "geoplan", COMPLETE_VARIABLE)
    # Not found.source(): for bash that would start a shell to check its version.
    emit(f"{ShellComplete.source(script)}\n")
