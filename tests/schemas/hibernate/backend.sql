select next_val as id_val from app_user_seq for update;
update app_user_seq set next_val = 101 where next_val = 51;
insert into vehicle (active, created_at, fuel, gearbox, mileage, owner_id, plate, price, updated_at, version, id)
values (1, '2024-07-01 10:00:00.5', 'ELECTRIC', 0, 1.5, 2, 'WEB 1', 1.10, null, 0, x'99999999999949998999999999999999');
update vehicle set plate = 'WEB 2', version = 1 where id = x'99999999999949998999999999999999' and version = 0;
insert into refuelling (at, full, litres, owner_id, vehicle_id, id)
values ('2024-07-01 11:00:00', 0, 12.345, 2, x'99999999999949998999999999999999', x'99999999999949998999999999999998');
select v.plate, v.version, v.fuel, r.litres from vehicle v join refuelling r on r.vehicle_id = v.id where v.plate like 'WEB%';
delete from refuelling where vehicle_id = x'99999999999949998999999999999999';
delete from vehicle where id = x'99999999999949998999999999999999' and version = 1;
select count(*) from vehicle where owner_id = 2;
