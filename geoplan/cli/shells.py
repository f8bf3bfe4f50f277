"""Shells that ask for completions: PowerShell, for which click has no script."""

from __future__ import annotations

import os

from click.shell_completion import CompletionItem, ShellComplete, add_completion_class

# PowerShell 5.1 and 7. It hands over the words before the cursor, one a line, and the word at the cursor;
# where nothing comes back it completes names of files by itself.
_POWERSHELL = """\
Register-ArgumentCompleter -Native -CommandName %(prog_name)s -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = $commandAst.CommandElements |
        Where-Object { $_.Extent.EndOffset -lt $cursorPosition } |
        ForEach-Object { if ($_ -is [System.Management.Automation.Language.StringConstantExpressionAst]) { $_.Value } else { $_.Extent.Text } }
    $env:COMP_WORDS = $words -join "`n"
    $env:COMP_CWORD = $wordToComplete
    $env:%(complete_var)s = "powershell_complete"
    try {
        & %(prog_name)s | ForEach-Object {
            $type, $value, $help = $_ -split "`t", 3
            if ($type -eq "plain") {
                [System.Management.Automation.CompletionResult]::new($value, $value, "ParameterValue", $help)
            }
        }
    } finally {
        $env:COMP_WORDS = $null
        $env:COMP_CWORD = $null
        $env:%(complete_var)s = $null
    }
}
"""


class PowerShellComplete(ShellComplete):
    """Completion in PowerShell, for which click has no script."""

    name = "powershell"
    source_template = _POWERSHELL

    def get_completion_args(self) -> tuple[list[str], str]:
        """Return the words before the cursor without the program, and the word at the cursor."""
        words = os.environ.get("COMP_WORDS", "").split("\n")
        return [word for word in words[1:] if word], os.environ.get("COMP_CWORD", "")

    def format_completion(self, item: CompletionItem) -> str:
        """Write type, value and help with tabs between; PowerShell wants some help for each."""
        return f"{item.type}\t{item.value}\t{item.help or item.value}"


def register_powershell() -> None:
    """Let click answer PowerShell as it answers the shells that it knows."""
    add_completion_class(PowerShellComplete)
