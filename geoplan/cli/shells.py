"""Shell completion for PowerShell, which click does not support."""

from __future__ import annotations

import os

from click.shell_completion import CompletionItem, ShellComplete, add_completion_class

# For PowerShell 5.1 and 7. The script passes the words before the cursor, one per line, and the word at the
# cursor. If it gets no answer, PowerShell completes file names.
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
    """Completion in PowerShell."""

    name = "powershell"
    source_template = _POWERSHELL

    def get_completion_args(self) -> tuple[list[str], str]:
        """Return the words before the cursor without the program, and the word at the cursor."""
        words = os.environ.get("COMP_WORDS", "").split("\n")
        return [word for word in words[1:] if word], os.environ.get("COMP_CWORD", "")

    def format_completion(self, item: CompletionItem) -> str:
        """Write type, value and help separated by tabs. PowerShell requires a help text, so the value stands in."""
        return f"{item.type}\t{item.value}\t{item.help or item.value}"


def register_powershell() -> None:
    """Register PowerShell with click, next to the shells it supports."""
    add_completion_class(PowerShellComplete)
