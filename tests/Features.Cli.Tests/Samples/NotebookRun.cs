using Microsoft.CodeAnalysis.CSharp.Scripting;
using Microsoft.CodeAnalysis.Scripting;
using Microsoft.DotNet.Interactive.Formatting;
using Microsoft.DotNet.Interactive.Formatting.TabularData;

namespace Features.Cli.Tests.Samples;

/// <summary>Executes a notebook's cells in order, each as one submission to a C# script that goes on, as the kernel does.</summary>
internal static class NotebookRun
{
    // What the C# kernel imports.
    private static readonly string[] Imports = ["System", "System.Text", "System.Collections", "System.Collections.Generic", "System.Threading.Tasks", "System.Linq"];

    /// <summary>A copy of the notebook whose outputs are those of this execution.</summary>
    public static async Task<Notebook> ExecuteAsync(Notebook notebook, CancellationToken cancellationToken)
    {
        using var references = new NotebookReferences();
        var options = ScriptOptions.Default.WithReferences(NotebookReferences.OfKernel()).WithMetadataResolver(references).WithImports(Imports);
        var executed = notebook.Copy();
        ScriptState<object>? state = null;
        var count = 0;
        foreach (var cell in executed.CodeCells)
        {
            try
            {
                state = state is null
                    ? await CSharpScript.Create<object>(Notebook.SourceOf(cell), options, globalsType: null, references.Loader).RunAsync(cancellationToken: cancellationToken)
                    : await state.ContinueWithAsync<object>(Notebook.SourceOf(cell), options, cancellationToken);
            }
            catch (CompilationErrorException fault)
            {
                throw new InvalidOperationException($"cell '{Notebook.IdOf(cell)}' does not compile: {string.Join("; ", fault.Diagnostics)}", fault);
            }

            Notebook.SetOutput(cell, ++count, Shown(state.ReturnValue));
        }

        return executed;
    }

    /// <summary>A value as a notebook shows it: in the types preferred for it, and as plain text unless that says nothing (of a picture, or of a table's inner structure).</summary>
    private static Dictionary<string, string> Shown(object? value)
    {
        if (value is null)
        {
            return [];
        }

        var types = Formatter.GetPreferredMimeTypesFor(value.GetType()).ToList();
        var hasNoPlainText = value is TabularDataResource || types.Exists(t => t.StartsWith("image/", StringComparison.Ordinal));
        return types.Concat(hasNoPlainText ? [] : [PlainTextFormatter.MimeType]).Distinct()
            .ToDictionary(type => type, type => value.ToDisplayString(type).ReplaceLineEndings("\n"));
    }
}
