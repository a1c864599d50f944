#include "cli/table.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace halfway::cli {

std::vector<bool> Table::numeric_columns() const {
  std::vector<bool> numeric(rows_[0].size(), true);
  for (std::size_t row = 1; row < rows_.size(); ++row) {
    for (std::size_t i = 0; i < numeric.size(); ++i) {
      const std::string& cell = rows_[row][i];
      numeric[i] = numeric[i] && !cell.empty() && (cell[0] == '-' || (cell[0] >= '0' && cell[0] <= '9'));
    }
  }
  return numeric;
}

std::string Table::text() const {
  const std::vector<bool> numeric = numeric_columns();
  std::vector<std::size_t> widths(numeric.size(), 0);
  for (const auto& row : rows_)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  std::string text;
  for (const auto& row : rows_) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i > 0) line += "  ";
      line += numeric[i] ? fmt::format("{:>{}}", row[i], widths[i]) : fmt::format("{:<{}}", row[i], widths[i]);
    }
    text += line.substr(0, line.find_last_not_of(' ') + 1) + '\n';
  }
  return text;
}

std::string Table::markdown() const {
  const auto line = [](const auto& cells, auto cell_text) {
    std::string text = "|";
    for (std::size_t i = 0; i < cells.size(); ++i) text += cell_text(cells[i]) + "|";
    return text + '\n';
  };
  const auto plain = [](const std::string& cell) { return ' ' + cell + ' '; };
  std::string text =
      line(rows_[0], plain) + line(numeric_columns(), [](bool right) -> std::string { return right ? "---:" : "---"; });
  for (std::size_t row = 1; row < rows_.size(); ++row) text += line(rows_[row], plain);
  return text;
}

}  // namespace halfway::cli
