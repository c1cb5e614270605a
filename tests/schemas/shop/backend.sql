-- A guest's cart becomes an order and is paid, in one transaction; the stock follows by the trigger.
START TRANSACTION;
INSERT INTO addresses (customer_id, line1, zip, city) VALUES (2, 'Web 1', '1', 'W');
INSERT INTO orders (customer_id, address_id, status, placed_at) VALUES (2, LAST_INSERT_ID(), 'placed', '2024-07-01 10:00:00');
SET @order = LAST_INSERT_ID();
SET @stock = (SELECT stock FROM products WHERE id = 2);
INSERT INTO order_lines (order_id, customer_id, product_id, quantity, unit_price, tax_rate) VALUES (@order, 2, 2, 3, 12.00, 0.19);
UPDATE orders SET status = 'paid' WHERE id = @order;
INSERT INTO payments (order_id, amount, paid_at) SELECT order_id, SUM(total), '2024-07-01 10:01:00' FROM order_lines WHERE order_id = @order GROUP BY order_id;
COMMIT;
SELECT o.status, o.options, l.total, p.amount, @stock - r.stock FROM orders o JOIN order_lines l ON l.order_id = o.id
JOIN payments p ON p.order_id = o.id JOIN products r ON r.id = l.product_id WHERE o.id = @order;
