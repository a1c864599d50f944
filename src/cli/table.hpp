// Tables for people and for Markdown.
#pragma once
#include <string>
#include <vector>

namespace halfway::cli {

/// Rows of cells, the first of them headings; columns of which every cell is a number (or "-") stand to the right.
class Table {
 public:
  explicit Table(std::vector<std::string> headings) : rows_{std::move(headings)} {}
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }

  /// Aligned columns, two blanks apart; lines end without blanks.
  std::string text() const;
  std::string markdown() const;

 private:
  std::vector<bool> numeric_columns() const;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace halfway::cli
