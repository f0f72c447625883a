using Features.Core.Lineage;

namespace Features.Core.Tests.Lineage;

public sealed class SqlTextTests
{
    private const string Letters = "'\"-/*$eE.0a_ \n+\\";

    [Theory]
    [InlineData("SELECT 'Ada''s', 1.5e-3, x7 FROM \"t 1\" -- secret\nWHERE a=.5", "SELECT ?, ?, x7 FROM \"t 1\"  \nWHERE a=?")]
    [InlineData("SELECT $$it's$$, $q$a$b$q$, E'\\'x', /* 'y' */ b", "SELECT ?, ?, ?,   b")]
    [InlineData("a-1-b2", "a-?-b2")]
    [InlineData("name = 'unclosed", "name = ?")]
    [InlineData("\"it's\" = 'x'", "\"it's\" = ?")]
    public void WithoutLiterals_OfSql_KeepsItsShapeOnly(string sql, string shown) => Assert.Equal(shown, SqlText.WithoutLiterals(sql));

    [Fact]
    public void WithoutLiterals_OfAnyText_Ends() => Gen.Int[0, Letters.Length - 1].Select(i => Letters[i]).Array[0, 30].Select(letters => new string(letters)).Sample(sql => SqlText.WithoutLiterals(sql).Length <= sql.Length);
}
